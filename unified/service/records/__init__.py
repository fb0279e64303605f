"""The main job: records of common models, read from and written to providers in flight."""
