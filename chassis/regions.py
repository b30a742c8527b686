"""How far an office reaches: region codes name what lies within what (GB/T 2260)."""


def reach(region: str) -> str:
    """The beginning of all codes within a region: 120000 reaches everything in 12, 120101 only itself."""
    while region.endswith("00"):
        region = region[:-2]
    return region
