from chassis.cli import main

main("filing")
