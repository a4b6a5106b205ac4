resource "aws_efs_file_system" "main" {
}

resource "aws_efs_access_point" "it" {
  file_system_id = aws_efs_file_system.main.id

  posix_user {
    uid            = 1000 #> replace: uid = 2000
    gid            = 1000
    secondary_gids = [7, 8]
  }

  root_directory {
    path = "/data" #> replace: path = "/files"

    creation_info {
      owner_uid   = 1000
      owner_gid   = 1000
      permissions = "755"
    }
  }

  tags = {
    team = "edge" #> update: team = "core"
  }
}
