"""The OpenAPI 3.1 document, made from the contracts, their comments and their validation rules."""
