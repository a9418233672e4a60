"""The alerts stage, `incidents` on the wire: signals become alerts with cause and life cycle."""
