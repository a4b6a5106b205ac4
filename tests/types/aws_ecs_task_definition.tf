#> import: ${arn}
#> import-ignores: skip_destroy, track_latest

resource "aws_iam_role" "task" {
  name               = "task-definition-case"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

resource "aws_iam_role" "execution" {
  name               = "task-definition-case-execution"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

data "aws_iam_policy_document" "tasks" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_ecs_task_definition" "it" {
  family                   = "task-definition-case" #> replace: family = "task-definition-case-new"
  requires_compatibilities = ["FARGATE"]            #> replace: requires_compatibilities = ["EC2", "FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256                        #> replace: cpu = 512
  memory                   = "1024"                     #> replace: memory = "2048"
  task_role_arn            = aws_iam_role.task.arn      #> replace: task_role_arn = aws_iam_role.execution.arn
  execution_role_arn       = aws_iam_role.execution.arn #> replace: execution_role_arn = aws_iam_role.task.arn
  enable_fault_injection   = false                      #> replace: enable_fault_injection = true
  skip_destroy             = false                      #> update: skip_destroy = true #> update: skip_destroy = false
  track_latest             = false                      #> update: track_latest = true #> update: track_latest = false

  container_definitions = jsonencode([
    {
      name      = "web"
      image     = "nginx:1.27" #> replace: image = "nginx:1.28"
      essential = true
      cpu       = 128

      portMappings = [
        { containerPort = 80, name = "http", appProtocol = "http" } #> replace: { containerPort = 8080, name = "http", appProtocol = "http" }
      ]

      environment = [
        { name = "B", value = "2" },
        { name = "A", value = "1" }, #> replace: { name = "A", value = "3" },
      ]

      secrets = [{ name = "TOKEN", valueFrom = "arn:aws:ssm:us-east-1:123456789012:parameter/token" }]

      mountPoints = [{ sourceVolume = "data", containerPath = "/data" }]
      dependsOn   = [{ containerName = "log", condition = "START" }]

      healthCheck = {
        command = ["CMD-SHELL", "curl -f http://localhost || exit 1"]
      }

      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = "task-definition-case"
          awslogs-region        = "us-east-1"
          awslogs-stream-prefix = "web"
        }
      }
    },
    {
      name      = "log"
      image     = "fluent-bit"
      essential = false
    },
  ])

  ephemeral_storage {
    size_in_gib = 30 #> replace: size_in_gib = 40
  }

  runtime_platform {
    cpu_architecture        = "X86_64" #> replace: cpu_architecture = "ARM64"
    operating_system_family = "LINUX"
  }

  volume {
    name = "data"

    efs_volume_configuration {
      file_system_id          = "fs-0123456789abcdef0"
      root_directory          = "/" #> replace: root_directory = "/data"
      transit_encryption      = "ENABLED"
      transit_encryption_port = 2049 #> replace: transit_encryption_port = 2050

      authorization_config {
        iam = "ENABLED" #> replace: iam = "DISABLED"
      }
    }
  }

  tags = {
    team = "edge" #> update: team = "core"
  }
}
