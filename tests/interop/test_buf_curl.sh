#!/bin/bash
# buf curl through reflection over mutual TLS: the list of services, and one order from receipt to
# closing. Without HOTLINE_ADDRESS it starts itself again beside a server.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ -z "${HOTLINE_ADDRESS:-}" ]; then
    exec /usr/bin/python3 "$here/../support/run_with_server.py" bash "${BASH_SOURCE[0]}"
fi
buf=$HOTLINE_NPM/node_modules/.bin/buf
place=$(mktemp -d)
trap 'rm -r "$place"' EXIT
export HOME=$place # buf keeps a cache there

ask() { # who, method, content
    local certificate=backend
    local header=(--header "hotline-person: $1")
    if [ "$1" = district ]; then
        certificate=district
        header=()
    fi
    "$buf" curl "${header[@]}" --protocol grpc \
        --cacert "$HOTLINE_CERTS/ca.pem" --cert "$HOTLINE_CERTS/$certificate.pem" \
        --key "$HOTLINE_CERTS/$certificate.key" --servername localhost --data "$3" \
        "https://$HOTLINE_ADDRESS/$2"
}

listed=$("$buf" curl --list-services --protocol grpc --cacert "$HOTLINE_CERTS/ca.pem" \
    --cert "$HOTLINE_CERTS/backend.pem" --key "$HOTLINE_CERTS/backend.key" \
    --servername localhost "https://$HOTLINE_ADDRESS")
for service in Intake Dispatch Handling Review ReturnVisit Order Deadline Calendar Directory; do
    grep -qx "hotline.v1.${service}Service" <<<"$listed" || {
        echo "reflection does not list ${service}Service:" "$listed"
        exit 1
    }
done

# The steps as lines: who, method, state, content.
steps() {
    /usr/bin/python3 - "$here/life.json" "$HOTLINE_NOW" <<'PYTHON'
import json, sys
text = open(sys.argv[1], encoding="utf-8").read()
text = text.replace('"NOW"', f'"{sys.argv[2]}"').replace('"NUMBER"', '"BUF-1"')
for step in json.loads(text):
    print(step["as"], step["method"], step["state"], json.dumps(step["content"]), sep="\t")
PYTHON
}

part_of() { # a path of keys: of the JSON on standard input
    /usr/bin/python3 -c 'import json, sys
value = json.load(sys.stdin)
for key in sys.argv[1:]:
    value = value[key]
print(value)' "$@"
}

name=
while IFS=$'\t' read -r who method state content; do
    head="\"requestId\": \"$(cat /proc/sys/kernel/random/uuid)\""
    [ -z "$name" ] || head="\"name\": \"$name\", $head"
    tail=${content#\{}
    [ "$tail" = "}" ] || head="$head, "
    answer=$(ask "$who" "$method" "{$head$tail" </dev/null)
    found=$(part_of order state <<<"$answer")
    if [ "$found" != "$state" ]; then
        echo "$method: $found instead of $state"
        exit 1
    fi
    name=$(part_of order name <<<"$answer")
done < <(steps)

[ "$(ask c01 hotline.v1.OrderService/GetOrder "{\"name\": \"$name\"}" |
    part_of order citizen name)" = "陈**" ]

# A refusal is readable: code, English message, and the reason with the Chinese sentence.
if refusal=$(ask c01 hotline.v1.ReviewService/SubmitClosing \
    "{\"name\": \"$name\", \"requestId\": \"$(cat /proc/sys/kernel/random/uuid)\"}" 2>&1); then
    echo "a closed order was submitted again"
    exit 1
fi
details=$(/usr/bin/python3 -c 'import base64, json, sys
for detail in json.load(sys.stdin)["details"]:
    print(base64.b64decode(detail["value"] + "==").decode(errors="replace"))' <<<"$refusal")
for word in failed_precondition WRONG_STATE 工单当前状态不允许该操作; do
    grep -qa "$word" <<<"$refusal$details" || {
        echo "the refusal does not say $word: $refusal"
        exit 1
    }
done
echo "$name is closed"
