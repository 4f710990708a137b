"""The team page: every KPI of a scope over a period, beside an earlier one."""
