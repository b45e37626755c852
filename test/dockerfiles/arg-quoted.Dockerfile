ARG A="registry.example/with\"out" B='3.20' C=reg\istry.example
FROM ${C}/x:${B}
