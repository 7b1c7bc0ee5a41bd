// A CSMS that nobody here wrote: npm `ocpp-rpc` in strict mode, on a free loopback port.
//
// stdout: a JSON object a line, {"event": ...}:
//     listening {port}                        connected {identity, password}      disconnected {code}
//     call {action, payload}                  a CALL of the station, after the strict check
//     answer {id, payload} / error {id, code} what the station said to the command with that id
//     fault {error}                           the station broke a schema or the RPC layer
// stdin: a JSON object a line:
//     {"id": 1, "action": "Reset", "payload": {...}}      send a CALL
//     {"id": 2, "answers": {"Authorize": {...}}}          say this from now on; `answer` confirms
// The end of stdin ends it.

const readline = require('readline');
const {RPCServer} = require('ocpp-rpc');

const ACCEPTED = {status: 'Accepted'};
const now = () => new Date().toISOString();
const answers = {
    BootNotification: () => ({currentTime: now(), interval: 300, ...ACCEPTED}),
    Heartbeat: () => ({currentTime: now()}),
    Authorize: {idTokenInfo: ACCEPTED},
    TransactionEvent: (event) => (event.idToken ? {idTokenInfo: ACCEPTED} : {}),
    DataTransfer: ACCEPTED,
    SignCertificate: ACCEPTED,
    NotifyEVChargingNeeds: ACCEPTED,
};

let station = null;

function tell(event, more) {
    process.stdout.write(JSON.stringify({event, ...more}) + '\n');
}

function answer(action, payload) {
    const given = answers[action] ?? {};
    return typeof given === 'function' ? given(payload) : given;
}

function welcome(client) {
    station = client;
    tell('connected', {
        identity: client.identity,
        password: client.handshake.password?.toString() ?? null,
    });
    client.handle(({method, params}) => {
        tell('call', {action: method, payload: params});
        return answer(method, params);
    });
    client.on('strictValidationFailure', ({error}) => tell('fault', {error: String(error)}));
    client.on('badMessage', ({error}) => tell('fault', {error: String(error)}));
    client.on('close', ({code}) => tell('disconnected', {code}));
}

async function obey(line) {
    const command = JSON.parse(line);
    if (command.answers) {
        Object.assign(answers, command.answers);
        tell('answer', {id: command.id, payload: {}});
        return;
    }
    try {
        tell('answer', {id: command.id, payload: await station.call(command.action, command.payload)});
    } catch (error) {
        tell('error', {id: command.id, code: error.rpcErrorCode ?? String(error)});
    }
}

async function main() {
    const server = new RPCServer({protocols: ['ocpp2.0.1'], strictMode: true});
    server.on('client', welcome);
    const http = await server.listen(0, '127.0.0.1');
    tell('listening', {port: http.address().port});
    readline.createInterface({input: process.stdin}).on('line', obey).on('close', () => process.exit(0));
}

main();
