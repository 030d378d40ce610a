"""What every service knows of rights: published facts with a version and a floor."""
