FROM mcr.microsoft.com/dotnet/runtime:8.0-noble-chiseled
