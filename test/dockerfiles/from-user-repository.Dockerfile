FROM grafana/grafana:11.1.0
