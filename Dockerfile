# The command aligned-probing on Debian, for 'submit --to kubernetes' and for trying it out. Build it in this folder:
#   docker build -t aligned-probing .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/AlignedProbing.Cli -c Release -r linux-x64 -o /app

FROM mcr.microsoft.com/dotnet/runtime:10.0
COPY --from=build /app /opt/aligned-probing
RUN ln -s /opt/aligned-probing/aligned-probing /usr/local/bin/aligned-probing
ENV HF_HOME=/data/huggingface DOTNET_EnableDiagnostics=0
WORKDIR /data
ENTRYPOINT ["aligned-probing"]
