//! The program `blindbench`.

fn main() -> std::process::ExitCode {
    blindbench::cli::main()
}
