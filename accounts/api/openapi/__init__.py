"""The OpenAPI document: shapes and examples of the kinds, what each view does, all of it together."""
