from chassis.cli import main

main("notifier")
