package javax.annotation;

/** The mark on generated code, which newer JDKs no longer bring. */
public @interface Generated {
  String[] value();

  String date() default "";

  String comments() default "";
}
