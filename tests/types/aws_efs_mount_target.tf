resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b"][count.index]}"
}

resource "aws_security_group" "files" {
  count  = 2
  name   = "case-efs-${count.index}"
  vpc_id = aws_vpc.main.id
}

resource "aws_efs_file_system" "main" {
}

resource "aws_efs_mount_target" "it" {
  file_system_id  = aws_efs_file_system.main.id
  subnet_id       = aws_subnet.main[0].id            #> replace: subnet_id = aws_subnet.main[1].id
  security_groups = [aws_security_group.files[0].id] #> update: security_groups = aws_security_group.files[*].id
}
