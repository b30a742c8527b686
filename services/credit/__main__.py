from chassis.cli import main

main("credit")
