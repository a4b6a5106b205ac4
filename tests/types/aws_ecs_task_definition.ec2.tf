#> import: ${arn}
#> import-ignores: skip_destroy, track_latest

resource "aws_ecs_task_definition" "it" {
  family       = "task-definition-case-ec2"
  network_mode = "bridge" #> replace: network_mode = "host"
  ipc_mode     = "task"   #> replace: ipc_mode = "host"
  pid_mode     = "task"   #> replace: pid_mode = "host"

  container_definitions = jsonencode([{
    name              = "agent"
    image             = "agent"
    memoryReservation = 64 #> replace: memoryReservation = 128
    privileged        = true

    mountPoints = [
      { sourceVolume = "host", containerPath = "/host", readOnly = true },
      { sourceVolume = "scratch", containerPath = "/scratch" },
    ]
  }])

  placement_constraints {
    type       = "memberOf"
    expression = "attribute:ecs.os-type == linux" #> replace: expression = "attribute:ecs.os-type == windows"
  }

  volume {
    name      = "host"
    host_path = "/var/log" #> replace: host_path = "/var"
  }

  volume {
    name = "scratch"

    docker_volume_configuration {
      autoprovision = true #> replace: autoprovision = false
      driver        = "local"
      scope         = "shared"
      driver_opts   = { type = "tmpfs" }
      labels        = { use = "scratch" } #> replace: labels = { use = "cache" }
    }
  }
}
