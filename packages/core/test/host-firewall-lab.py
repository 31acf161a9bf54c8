"""A network in namespaces, for host-firewall-nft.test.ts: one machine with a firewall, and who may reach it.

  outside 203.0.113.9  --- machine --- box 172.17.0.2 (a container on the bridge docker0)
  peer    10.0.0.9     ---/       \\--- box2 172.17.0.3
  outside also has 2001:db8::9, the machine 2001:db8::1; 169.254.169.254 stands for a metadata service.

Reads from stdin a JSON object { steps: [{ peers, rules, isBroken, probes }] }: each step writes the agent's
file of peers and loads rules, where it has them, and then probes. Prints { answers, tables }: for each step the
outcome of each probe, and the firewall's tables in the end. A probe is [from, protocol, address, port], its
outcome the name of what answered, or null for silence.
"""
import ctypes
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time

names = ['machine', 'outside', 'peer', 'box', 'box2']
handles = {}
# Python has these itself only from 3.12 on.
libc = ctypes.CDLL(None, use_errno=True)
new_network = 0x40000000


def enter(handle):
    if libc.setns(handle, new_network) != 0:
        raise OSError(ctypes.get_errno(), 'setns')


def run(*command, space=None, stdin=None):
    def move():
        if space is not None:
            enter(handles[space])

    done = subprocess.run(command, preexec_fn=move, input=stdin, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f'{" ".join(command)}: {done.stderr}')
    return done.stdout


def make_spaces():
    home = os.open('/proc/self/ns/net', os.O_RDONLY)
    for name in names:
        if libc.unshare(new_network) != 0:
            raise OSError(ctypes.get_errno(), 'unshare')
        handles[name] = os.open('/proc/self/ns/net', os.O_RDONLY)
        run('ip', 'link', 'set', 'lo', 'up', space=name)
    enter(home)


def cable(one, device, other, far):
    run('ip', 'link', 'add', 'name', device, 'type', 'veth', 'peer', 'name', far, 'netns',
        f'/proc/{os.getpid()}/fd/{handles[other]}', space=one)
    run('ip', 'link', 'set', device, 'up', space=one)
    run('ip', 'link', 'set', far, 'up', space=other)


def address(space, device, *ranges):
    for value in ranges:
        extra = ['nodad'] if ':' in value else []
        run('ip', 'address', 'add', value, 'dev', device, *extra, space=space)


def build():
    make_spaces()
    cable('machine', 'eth0', 'outside', 'eth0')
    cable('machine', 'eth1', 'peer', 'eth0')
    address('machine', 'eth0', '203.0.113.1/24', '2001:db8::1/64')
    address('outside', 'eth0', '203.0.113.9/24', '2001:db8::9/64', '169.254.169.254/32', '198.51.100.9/32')
    address('machine', 'eth1', '10.0.0.1/20')
    address('peer', 'eth0', '10.0.0.9/20')
    run('ip', 'link', 'add', 'name', 'docker0', 'type', 'bridge', space='machine')
    run('ip', 'link', 'set', 'docker0', 'up', space='machine')
    address('machine', 'docker0', '172.17.0.1/16')
    for name, value in [('box', '172.17.0.2/16'), ('box2', '172.17.0.3/16')]:
        cable('machine', f'veth{name}', name, 'eth0')
        run('ip', 'link', 'set', f'veth{name}', 'master', 'docker0', space='machine')
        address(name, 'eth0', value)
        run('ip', 'route', 'add', 'default', 'via', '172.17.0.1', space=name)
    run('ip', 'route', 'add', '169.254.169.254/32', 'dev', 'eth0', space='machine')
    run('ip', 'route', 'add', 'default', 'via', '203.0.113.9', space='machine')
    for space in ['outside', 'peer']:
        gateway = '203.0.113.1' if space == 'outside' else '10.0.0.1'
        run('ip', 'route', 'add', '172.17.0.0/16', 'via', gateway, space=space)
    inside('machine', lambda: open('/proc/sys/net/ipv4/ip_forward', 'w').write('1'))
    # What Docker does for `-p 8080:80 -p 9090:80 -p 1194:80` and for what leaves its network.
    run('nft', '-f', '-', space='machine', stdin='''
      table ip docker {
        chain prerouting {
          type nat hook prerouting priority dstnat;
          fib daddr type local tcp dport { 8080, 9090, 1194 } dnat to 172.17.0.2:80
        }
        chain postrouting {
          type nat hook postrouting priority srcnat;
          ip saddr 172.17.0.0/16 oifname != "docker0" masquerade
        }
      }''')


def inside(space, work):
    """Does the work in a thread of its own in the namespace; gives what it returns."""
    result = []

    def move():
        enter(handles[space])
        result.append(work())

    thread = threading.Thread(target=move)
    thread.start()
    thread.join()
    return result[0] if result else None


def listen(space, ports):
    """Answers on the ports with the name of the namespace."""
    sockets = []
    for kind, port in ports:
        server = socket.socket(socket.AF_INET6, kind)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(('::', port))
        if kind == socket.SOCK_STREAM:
            server.listen(20)
        sockets.append(server)

    def serve():
        while True:
            for server in select.select(sockets, [], [])[0]:
                if server.type == socket.SOCK_STREAM:
                    connection, _ = server.accept()
                    connection.sendall(space.encode())
                    connection.close()
                else:
                    _, sender = server.recvfrom(100)
                    server.sendto(space.encode(), sender)

    threading.Thread(target=serve, daemon=True).start()


patience = 0.6


def call(protocol, host, port):
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    if protocol == 'esp':
        return call_esp(family, host)
    kind = socket.SOCK_STREAM if protocol == 'tcp' else socket.SOCK_DGRAM
    with socket.socket(family, kind) as client:
        client.settimeout(patience)
        try:
            client.connect((host, port))
            if protocol == 'udp':
                client.send(b'hello')
            return client.recv(100).decode()
        except OSError:
            return None


arrived = set()


def call_esp(family, host):
    with socket.socket(family, socket.SOCK_RAW, 50) as client:
        text = os.urandom(8).hex()
        client.sendto(text.encode(), (host, 0))
        time.sleep(patience)
        return 'machine' if text in arrived else None


def listen_esp():
    for family in [socket.AF_INET, socket.AF_INET6]:
        server = socket.socket(family, socket.SOCK_RAW, 50)

        def serve(server=server):
            while True:
                arrived.add(server.recv(200)[-16:].decode(errors='replace'))

        threading.Thread(target=serve, daemon=True).start()


def probe_all(probes):
    results = [None] * len(probes)

    def work(index, space, *question):
        enter(handles[space])
        results[index] = call(*question)

    threads = [threading.Thread(target=work, args=(index, *probe)) for index, probe in enumerate(probes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def load(rules, is_broken):
    try:
        run('nft', '-f', '-', space='machine', stdin=rules)
    except SystemExit:
        if not is_broken:
            raise
    else:
        if is_broken:
            raise SystemExit('nft took what is broken')


def main():
    wanted = json.load(sys.stdin)
    subprocess.run(['mount', '-t', 'tmpfs', 'none', '/run'], check=True)
    os.mkdir('/run/kontena')
    build()
    tcp, udp = socket.SOCK_STREAM, socket.SOCK_DGRAM
    machine = [(tcp, port) for port in [22, 80, 6783, 6784, 7777]] + [(udp, port) for port in [1194, 6783, 6784, 7777]]
    inside('machine', lambda: (listen('machine', machine), listen_esp()))
    for space in ['box', 'box2', 'outside']:
        inside(space, lambda space=space: listen(space, [(tcp, 80), (tcp, 32526), (udp, 53)]))
    answers = []
    for step in wanted['steps']:
        if 'peers' in step:
            with open('/run/kontena/peers.nft', 'w') as file:
                file.write(step['peers'])
        if 'rules' in step:
            load(step['rules'], step.get('isBroken', False))
        answers.append(probe_all(step['probes']))
    tables = run('nft', 'list', 'tables', space='machine').split('\n')
    print(json.dumps({'answers': answers, 'tables': [table for table in tables if table]}))
    sys.stdout.flush()
    os._exit(0)


main()
