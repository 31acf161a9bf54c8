"""Asks at each of PROTOCOL/PORT or esp at an address, all at once, and prints which are answered."""
import json
import socket
import sys
import threading

# An emulated machine under load takes a second to answer.
patience = 4
address = sys.argv[1]
answers = {}


def tcp(port):
    socket.create_connection((address, port), timeout=patience).close()


def udp(port):
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ask(asking, (address, port), lambda packet: packet == b"here")


def esp():
    asking = socket.socket(socket.AF_INET, socket.SOCK_RAW, 50)
    ask(asking, (address, 0), lambda packet: packet.endswith(b"here"))


def ask(asking, target, is_answer):
    asking.settimeout(patience / 2)
    for _ in range(3):
        asking.sendto(b"ask", target)
        try:
            if is_answer(asking.recv(256)):
                return
        except socket.timeout:
            pass
    raise TimeoutError


def probe(word):
    protocol, _, port = word.partition("/")
    try:
        if protocol == "esp":
            esp()
        else:
            {"tcp": tcp, "udp": udp}[protocol](int(port))
        answers[word] = True
    except OSError:
        answers[word] = False


work = [threading.Thread(target=probe, args=(word,)) for word in sys.argv[2:]]
for thread in work:
    thread.start()
for thread in work:
    thread.join()
print(json.dumps(answers))
