"""What mdf knows of other services' objects: nothing but the facts every service keeps."""
