"""The portal: server-rendered pages over the services' public interfaces. No page holds a rule or sees a database."""
