"""`python -m updateserver`: the same commands as the program `updateserver`."""

from updateserver.cli import main

if __name__ == "__main__":
    main(prog_name="updateserver")
