"""`python -m clients.generate` writes every generated file of the clients that differs from the existing one."""

from clients.generate.files import generated, write

if __name__ == "__main__":
    write(generated())
