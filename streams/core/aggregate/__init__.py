"""The aggregate stage, `series` on the wire: what was counted is merged, closed and watched."""
