# The state between runs of the CI: the workflow copies this file beside main.tf.

terraform {
  backend "s3" {
    bucket       = "sample-webapp-state"
    key          = "pipeline.tfstate"
    region       = "us-east-1"
    use_lockfile = true
  }
}
