# Creates a Redis Cluster of the empty servers $NODES ("host:port …"): the first half become masters, each of the others a
# replica. Does nothing if the first of them is in a working cluster.
set -eu
address() {
  host=${1%:*}
  ip=$(getent ahostsv4 "$host" | head -n 1 | cut -d ' ' -f 1)
  [ -n "$ip" ] && echo "$ip:${1##*:}"
}
first=''
addresses=''
for node in $NODES; do
  until redis-cli -h "${node%:*}" -p "${node##*:}" ping | grep -q PONG; do sleep 1; done
  addresses="$addresses $(address "$node")"
  first=${first:-$node}
done
info() { redis-cli -h "${first%:*}" -p "${first##*:}" cluster info; }
if info | grep -q 'cluster_state:ok'; then
  echo 'the cluster exists already'
  exit 0
fi
# shellcheck disable=SC2086 -- a list
redis-cli --cluster create $addresses --cluster-replicas 1 --cluster-yes
until info | grep -q 'cluster_state:ok'; do sleep 1; done
