"""REST made from the contracts: routes, JSON, problem details and the OpenAPI document. No route is written by hand."""
