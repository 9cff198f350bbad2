"""Messages of the wire as pydantic models; `dashboard/openapi.json` is generated from them."""
