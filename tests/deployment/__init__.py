"""The files that Parley is deployed with: its image, Compose, nginx, systemd."""
