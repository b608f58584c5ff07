#!/usr/bin/env bash
# Fetches Apache Kafka's jars (43 MB) with Maven into the cache where the tests look for them; once. Maven Central is asked,
# or what Maven's own settings name instead of it. Without Maven, the network or a Java that is new enough nothing is there,
# and the tests say so.
set -euo pipefail
cd "$(dirname "$0")"
jars="${TORGHUT_KAFKA_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/torghut/kafka-4.1.0}"
[ -e "$jars/complete" ] && exit 0
mkdir -p "$(dirname "$jars")"
# beside it, so that nobody ever sees a part of them
fetched="$(mktemp -d "$jars.XXXXXX")"
trap 'rm -rf "$fetched"' EXIT
mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies "-DoutputDirectory=$fetched"
# they are whole, and this Java runs them
java -cp "$fetched/*" kafka.tools.StorageTool random-uuid >/dev/null
touch "$fetched/complete"
[ -e "$jars/complete" ] && exit 0
rm -rf "$jars"
mv "$fetched" "$jars"
