#> no-disappear: it is there as long as its cluster is

resource "aws_ecs_cluster" "one" {
  name = "capacity-case-one"
}

resource "aws_ecs_cluster" "two" {
  name = "capacity-case-two"
}

resource "aws_ecs_cluster_capacity_providers" "it" {
  cluster_name       = aws_ecs_cluster.one.name #> replace: cluster_name = aws_ecs_cluster.two.name
  capacity_providers = ["FARGATE_SPOT", "FARGATE"]

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = 1  #> update: base = 2
    weight            = 50 #> update: weight = 40
  }

  #> update: default_capacity_provider_strategy { capacity_provider = "FARGATE_SPOT" }
}
