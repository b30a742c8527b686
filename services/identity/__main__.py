from chassis.cli import main

main("identity")
