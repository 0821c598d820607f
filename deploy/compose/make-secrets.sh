#!/bin/sh
# Passwords for the broker, the database and Grafana, once for each installation: deploy/compose/make-secrets.sh [FOLDER]
#
# What is there is never touched: each of them takes a password only when its volume is new. The folder is
# closed to other users of this machine; the files in it are open, since each container reads them as a user of its own.
set -eu
cd "$(dirname "$0")/../.."
folder=${1:-deploy/compose/secrets}

random() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
keep() { printf '%s\n' "$2" > "$folder/$1" && chmod 644 "$folder/$1" && made="$made $1"; }

mkdir -p "$folder"
chmod 700 "$folder"
made=
if [ ! -e "$folder/amqp_uri" ]; then
    database=$(random)
    broker=$(random)
    keep postgres_password "$database"
    keep database_url "postgresql://loumen:$database@postgres:5432/loumen"
    keep rabbitmq.conf "default_user = loumen
default_pass = $broker
default_vhost = loumen"
    keep smtp_password ''
    keep amqp_uri "amqp://loumen:$broker@rabbitmq:5672/loumen"
fi
if [ ! -e "$folder/photos_key" ]; then
    keep photos_key ''
fi
if [ ! -e "$folder/grafana_password" ]; then
    keep grafana_password "$(random)"
fi

if [ $# -eq 0 ] && ! grep -qs '^LOUMEN_SECRETS=' .env; then
    echo "LOUMEN_SECRETS=./$folder" >> .env
fi
if [ -n "$made" ]; then
    echo "密码已生成 / secrets made in $folder:$made"
else
    echo "已有密码，未改动 / there are secrets already, nothing changed: $folder"
fi
