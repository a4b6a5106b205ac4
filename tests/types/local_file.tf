resource "local_file" "it" {
  filename             = "${path.module}/a/file.txt" #> replace: filename = "${path.module}/b/file.txt"
  content              = "one"                       #> replace: content = "two"
  file_permission      = "0644"                      #> replace: file_permission = "0600"
  directory_permission = "0755"                      #> replace: directory_permission = "0700"
}

#> no-import: a file is just written
