environment = "staging"
tasks       = 1
env = {
  LOG_LEVEL = "debug"
}
