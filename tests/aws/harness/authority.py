"""Certificates."""

import datetime
import os
import ssl
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority:
    """Vouches for what AWS's authorities vouch for: databases, and the API by the names it has inside a VPC."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in for AWS's authorities")])
        self.certificate = self.sign(self.name, self.key.public_key(), x509.BasicConstraints(True, None), True)

    def sign(self, subject, public_key, extension, critical):
        now = datetime.datetime.now(datetime.timezone.utc)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=2))
            .add_extension(extension, critical)
            .sign(self.key, hashes.SHA256())
        )

    def issue(self, hosts):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return self.sign(subject, key.public_key(), names, False).public_bytes(serialization.Encoding.PEM), secret

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def any_name(self):
        """A server's side of TLS that is whoever the client asks for."""
        contexts = {}

        def answer(connection, name, _):
            if name is not None:
                contexts[name] = contexts.get(name) or self.context(name)
                connection.context = contexts[name]

        context = self.context("localhost")
        context.sni_callback = answer
        return context

    def context(self, host):
        certificate, key = self.issue([host])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Python reads them from files alone.
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "both.pem")
            with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
                file.write(certificate + key)
            context.load_cert_chain(path)
        return context
