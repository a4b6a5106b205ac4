resource "local_sensitive_file" "it" {
  filename             = "${path.module}/a/secret.txt" #> replace: filename = "${path.module}/b/secret.txt"
  content_base64       = "b25l"                        #> replace: content_base64 = "dHdv"
  file_permission      = "0600"                        #> replace: file_permission = "0400"
  directory_permission = "0755"                        #> replace: directory_permission = "0700"
}

#> no-import: a file is just written
