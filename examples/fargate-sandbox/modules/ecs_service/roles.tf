data "aws_iam_policy_document" "fargate" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "task_execution_role" {
  name               = "${var.service_name}-task-execution-role"
  path               = "/delegatedadmin/developer/"
  assume_role_policy = data.aws_iam_policy_document.fargate.json
}

resource "aws_iam_policy" "task_execution_policy" {
  name = "${var.service_name}-task-execution-policy"
  path = "/delegatedadmin/developer/"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Effect = "Allow"
        Action = [
          "ecr:GetAuthorizationToken",
          "ecr:BatchCheckLayerAvailability",
          "ecr:GetDownloadUrlForLayer",
          "ecr:BatchGetImage",
        ]
        Resource = "*"
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.log_group.arn}:*"
      },
      ], [
      for arn in compact([var.artifactory_creds_arn]) : {
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = arn
      }
    ])
  })
}

resource "aws_iam_role_policy_attachment" "task_execution_role_policy_attachment" {
  role       = aws_iam_role.task_execution_role.name
  policy_arn = aws_iam_policy.task_execution_policy.arn
}

resource "aws_iam_role" "task_role" {
  name               = "${var.service_name}-task-role"
  path               = "/delegatedadmin/developer/"
  assume_role_policy = data.aws_iam_policy_document.fargate.json
}

resource "aws_iam_policy" "task_policy" {
  name = "${var.service_name}-task-policy"
  path = "/delegatedadmin/developer/"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "ssm:GetParametersByPath"
      Resource = "arn:aws:ssm:*:${var.account}:parameter/${var.service_name}/*"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "task_role_policy_attachment" {
  role       = aws_iam_role.task_role.name
  policy_arn = aws_iam_policy.task_policy.arn
}

resource "aws_iam_role" "fargate" {
  name               = "${var.service_name}-fargate"
  path               = "/delegatedadmin/developer/"
  assume_role_policy = data.aws_iam_policy_document.fargate.json
}

resource "aws_iam_role_policy_attachment" "fargate" {
  role       = aws_iam_role.fargate.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}
