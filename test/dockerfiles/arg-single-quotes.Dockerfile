ARG A=alpine B='$A'
FROM $B
