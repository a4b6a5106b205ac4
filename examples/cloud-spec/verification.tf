# Whether the service is there, asked as the spec says: -check-timeout says how long it may take to come.

locals {
  verification = module.spec.spec.verification
  asked        = coalesce(var.verification_url, local.verification.request.url)
  headers      = [for it in try(local.verification.request.headers, []) : regex("^([^:]+): *(.*)$", it)]
  status       = flatten([try(local.verification.response.status, 200)])
  body         = try(local.verification.response.body, "")

  # /text/ is a pattern; anything else is what the answer contains.
  pattern = try(regex("^/(.*)/$", local.body)[0], null)
}

check "verification" {
  data "http" "service" {
    url                = local.asked
    method             = try(local.verification.request.method, "GET")
    request_headers    = { for it in local.headers : it[0] => it[1] }
    request_timeout_ms = 5000

    # The address is the load balancer's own, for which it has no certificate.
    insecure = true

    depends_on = [aws_ecs_service.main]
  }

  assert {
    condition     = contains(local.status, data.http.service.status_code)
    error_message = "${local.asked} answers with ${data.http.service.status_code}, not ${join(" or ", local.status)}."
  }

  assert {
    condition     = local.pattern == null ? strcontains(data.http.service.response_body, local.body) : can(regex(local.pattern, data.http.service.response_body))
    error_message = "The answer of ${local.asked} has no ${local.body}."
  }
}
