"""The suites: one module a family, one test a requirement.

Run them by ``conformance run TARGET`` or by ``pytest --pyargs conformance.suites --conformance-target=TARGET``. The
campaign sends its plan before the first test; each test then says what the evidence amounts to for its requirement.
"""
