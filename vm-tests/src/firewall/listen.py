"""Answers on ports where usually nothing listens, so that silence can only be the firewall's."""
import socket
import sys
import threading


def tcp(port):
    server = socket.create_server(("0.0.0.0", port))
    while True:
        connection, _ = server.accept()
        connection.sendall(b"here")
        connection.close()


def udp(port):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("0.0.0.0", port))
    while True:
        _, sender = server.recvfrom(64)
        server.sendto(b"here", sender)


def esp():
    # A raw socket gets what the firewall has let in, with its IP header.
    server = socket.socket(socket.AF_INET, socket.SOCK_RAW, 50)
    while True:
        packet, sender = server.recvfrom(256)
        if packet.endswith(b"ask"):
            server.sendto(b"here", sender)


work = [threading.Thread(target=esp)]
for word in sys.argv[1:]:
    protocol, port = word.split("/")
    target = {"tcp": tcp, "udp": udp}[protocol]
    work.append(threading.Thread(target=target, args=(int(port),)))
for thread in work:
    thread.start()
