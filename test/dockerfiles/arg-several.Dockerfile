ARG REG=registry.example NAME=app TAG="1.0" FULL=$REG/$NAME:$TAG
FROM ${FULL}
