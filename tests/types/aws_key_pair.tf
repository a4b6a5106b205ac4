#> import-ignores: public_key
resource "aws_key_pair" "it" {
  key_name   = "key-case" #> replace: key_name = "key-case-new"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDdnAw8WkLk8W4WGNyGu9XYDiFZoeQqzFHE8sAy1bR7a case@example" #> replace: public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKDb6nRmGbGmSJnk0nC4zq4uFUgbdqBsXf6kDgYzJwJX case@example"

  tags = {
    Name = "key-case" #> update: Name = "key-case-new"
  }
}
