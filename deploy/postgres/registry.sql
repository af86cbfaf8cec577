-- The schema registry's own database, made when the volume is new.
CREATE DATABASE registry;
