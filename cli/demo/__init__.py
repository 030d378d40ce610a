"""The demo programme: a year of a robotics vendor and its partners, made through the public API only."""
