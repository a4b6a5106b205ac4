environment = "production"
tasks       = 2
size        = { cpu = 512, memory = 1024 }
env = {
  LOG_LEVEL = "info"
}
