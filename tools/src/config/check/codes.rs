//! Codes of others: market, instrument, classification and currency.

use iso_currency::Currency;

/// Decimal places of the minor unit of a currency (ISO 4217); `None` where there is no such code.
pub(in super::super) fn minor_digits(currency: &str) -> Option<u8> {
    let known = Currency::from_code(currency)?;
    u8::try_from(known.exponent().unwrap_or(0)).ok()
}

/// What is wrong with a market identifier code (ISO 10383).
pub(super) fn mic(code: &str) -> Result<(), String> {
    let shape = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if code.len() == 4 && code.bytes().all(shape) {
        return Ok(());
    }
    Err(format!("`{code}` is not a MIC (ISO 10383): four capital letters or digits"))
}

/// What is wrong with an ISIN (ISO 6166).
pub(super) fn isin(code: &str) -> Result<(), String> {
    let shaped = code.len() == 12
        && code.bytes().take(2).all(|byte| byte.is_ascii_uppercase())
        && code.bytes().skip(2).all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && code.bytes().last().is_some_and(|byte| byte.is_ascii_digit());
    if !shaped {
        return Err(format!(
            "`{code}` is not an ISIN (ISO 6166): two capital letters, nine letters or digits, \
             one check digit"
        ));
    }
    let right = check_digit(&code[..11]);
    if code.ends_with(right) {
        Ok(())
    } else {
        Err(format!("the check digit of ISIN `{code}` would have to be {right}"))
    }
}

/// The check digit: letters as two digits, every second one from the right doubled.
fn check_digit(body: &str) -> char {
    let digits: Vec<u32> = body
        .chars()
        .filter_map(|letter| letter.to_digit(36))
        .flat_map(|value| if value > 9 { vec![value / 10, value % 10] } else { vec![value] })
        .collect();
    let weighed = digits.iter().rev().enumerate().map(|(index, &digit)| {
        let value = if index % 2 == 0 { digit * 2 } else { digit };
        value / 10 + value % 10
    });
    let sum: u32 = weighed.sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0')
}

/// What is wrong with a classification (ISO 10962).
pub(super) fn cfi(code: &str) -> Result<(), String> {
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(format!("`{code}` is not a CFI (ISO 10962): six capital letters"));
    }
    if !code.starts_with(['E', 'C', 'D', 'R', 'O', 'F', 'S', 'H', 'I', 'J', 'K', 'L', 'T', 'M']) {
        return Err(format!("CFI `{code}` begins with a category that ISO 10962 does not have"));
    }
    Ok(())
}

/// What is wrong with a currency code (ISO 4217).
pub(super) fn currency(code: &str) -> Result<(), String> {
    match minor_digits(code) {
        Some(_) => Ok(()),
        None => Err(format!("`{code}` is not a currency (ISO 4217)")),
    }
}

/// What is wrong with a name that records carry in 16 bytes.
pub(super) fn name(name: &str) -> Result<(), String> {
    let plain = |byte: u8| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\';
    if (1..=16).contains(&name.len()) && name.bytes().all(plain) {
        return Ok(());
    }
    Err(format!("`{name}` is not a name: 1 to 16 plain ASCII characters"))
}

#[cfg(test)]
mod tests {
    use super::{cfi, currency, isin, mic, minor_digits};

    #[test]
    fn check_digits_of_known_instruments() {
        for good in ["US0378331005", "DE0007164600", "GB0002634946", "AU0000XVGZA3"] {
            assert_eq!(isin(good), Ok(()));
        }
        let wrong = isin("US0378331004").unwrap_err();
        assert!(wrong.contains("would have to be 5"), "{wrong}");
        assert!(isin("us0378331005").is_err() && isin("US037833100").is_err());
    }

    #[test]
    fn codes_have_their_shape() {
        assert!(mic("XNAS").is_ok() && mic("xnas").is_err() && mic("XNASD").is_err());
        assert!(cfi("ESVUFR").is_ok() && cfi("ZSVUFR").is_err() && cfi("ESVUF").is_err());
        assert!(currency("USD").is_ok() && currency("USX").is_err());
        let digits = ["USD", "JPY", "KWD"].map(minor_digits);
        assert_eq!(digits, [Some(2), Some(0), Some(3)]);
    }
}
