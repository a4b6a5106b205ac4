#> import: service-case-spot/${name}
#> import-ignores: force_delete, force_new_deployment, triggers, volume_configuration, wait_for_steady_state

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.1.0/24"
}

resource "aws_ecs_cluster" "main" {
  name = "service-case-spot"
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_iam_role" "volumes" {
  name = "service-case-volumes"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs.amazonaws.com" }
    }]
  })
}

resource "aws_ecs_task_definition" "main" {
  family                   = "service-case-spot"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512

  container_definitions = jsonencode([{
    name        = "worker"
    image       = "worker"
    mountPoints = [{ sourceVolume = "work", containerPath = "/work" }]
  }])

  volume {
    name                = "work"
    configure_at_launch = true
  }
}

resource "aws_ecs_service" "it" {
  name            = "service-case-spot"
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.main.arn_without_revision
  desired_count   = 1

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = 1
    weight            = 1
  }

  capacity_provider_strategy {
    capacity_provider = "FARGATE_SPOT"
    weight            = 3 #> update: weight = 4
  }

  network_configuration {
    subnets = [aws_subnet.main.id]
  }

  volume_configuration {
    name = "work"

    managed_ebs_volume {
      role_arn         = aws_iam_role.volumes.arn
      size_in_gb       = 10 #> update: size_in_gb = 20
      volume_type      = "gp3"
      iops             = 3000
      throughput       = 125
      encrypted        = true
      file_system_type = "ext4"

      tag_specifications {
        resource_type  = "volume"
        propagate_tags = "SERVICE"
        tags           = { use = "work" }
      }
    }
  }

  depends_on = [aws_ecs_cluster_capacity_providers.main]
}
